/**
 * What control's refusals say in Chinese, by their permanent codes. One that is missing here is shown in control's words, which
 * are English.
 */
export default {
  access: {
    enrol_second_factor: "你的角色需要第二种验证方式，请先设置",
    ticket_ended: "这次登录已结束，请重新开始",
    too_many_tries: "输错次数太多，请在 {{retryAfterSeconds}} 秒后再试",
    wrong_factor: "验证没有通过，或已被使用",
  },
  accounts: {
    busy: "登录的人太多，请稍后再试",
    closed: "这个账户已关闭",
    email_taken: "这个邮箱已有账户",
    not_permitted: "你的角色没有 {{permission}} 权限",
    session_ended: "会话已结束，请重新登录",
    sign_in: "请先登录",
    step_up: "请再次证明是你本人，然后重试",
    suspended: "这个账户已被暂停",
    unverified: "请先用邮件中的验证码确认邮箱",
    username_taken: "这个用户名已被使用",
    wrong_code: "验证码不对或已失效，请重新获取验证码",
    wrong_credentials: "邮箱或密码不对",
    wrong_link: "这个链接已被使用，或从未有效",
  },
  catalogue: { name_taken: "已有同名的套餐", other_currency: "这里的价格都使用 {{currency}}" },
  database: { away: "数据库正在重启，请稍后再试" },
  derp: { bad_key: "这不是节点密钥：应为 nodekey: 加 64 位十六进制字符" },
  devices: { not_found: "这个租赁中没有该设备", too_many: "这个租赁最多 {{most}} 台设备，请先移除一台" },
  fleet: { name_taken: "已有同名的节点", not_found: "没有这个节点" },
  guard: { too_many: "请求太频繁，请稍后再试", banned: "这个地址暂时不能访问", denied: "这个地址不能访问" },
  http: { invalid: "有些内容不符合要求", wrong_type: "请求的内容类型不对" },
  internal: "服务出错，请提供追踪编号",
  leases: {
    no_capacity: "现在没有节点有空位；什么都没有使用，请稍后再试或联系管理员",
    over: "这个租赁已结束",
    not_found: "没有这个租赁",
    wrong_state: "租赁现在的状态不允许这个操作",
  },
  serials: {
    locked: "输错次数太多，请在 {{retryAfterMinutes}} 分钟后再试",
    not_redeemable: "无法兑换这个序列号，请核对印刷内容；还可以试 {{triesLeft}} 次",
    redeem_by_past: "兑换期限已过",
    slip: "这不是有效的序列号：有字符写错或缺少。请核对印刷内容；没有消耗尝试次数",
  },
};
