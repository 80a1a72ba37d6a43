// @ts-check

/**
 * What control's refusals say in Chinese, by their permanent codes. A code that is missing here is shown in control's words.
 * @type {Record<string, string | ((problem: Record<string, unknown>) => string)>}
 */
export const zhRefusals = {
  "access.enrol_second_factor": "你的角色需要第二种验证方式，请先设置",
  "access.ticket_ended": "这次登录已结束，请重新开始",
  "access.too_many_tries": ({ retryAfterSeconds }) => `输错次数太多，请在 ${retryAfterSeconds} 秒后再试`,
  "access.wrong_factor": "验证没有通过，或已被使用",
  "accounts.busy": "登录的人太多，请稍后再试",
  "accounts.closed": "这个账户已关闭",
  "accounts.email_taken": "这个邮箱已有账户",
  "accounts.not_permitted": ({ permission }) => `你的角色没有 ${permission} 权限`,
  "accounts.session_ended": "会话已结束，请重新登录",
  "accounts.sign_in": "请先登录",
  "accounts.step_up": "请再次证明是你本人，然后重试",
  "accounts.suspended": "这个账户已被暂停",
  "accounts.unverified": "请先用邮件中的验证码确认邮箱",
  "accounts.username_taken": "这个用户名已被使用",
  "accounts.wrong_code": "验证码不对或已失效，请重新注册获取新的验证码",
  "accounts.wrong_credentials": "邮箱或密码不对",
  "accounts.wrong_link": "这个链接已被使用，或从未有效",
  "catalogue.name_taken": "已有同名的套餐",
  "catalogue.other_currency": ({ currency }) => `这里的价格都使用 ${currency}`,
  "database.away": "数据库正在重启，请稍后再试",
  "derp.bad_key": "这不是节点密钥：应为 nodekey: 加 64 位十六进制字符",
  "devices.not_found": "这个租赁中没有该设备",
  "devices.too_many": ({ most }) => `这个租赁最多 ${most} 台设备，请先移除一台`,
  "fleet.name_taken": "已有同名的节点",
  "http.invalid": "有些内容不符合要求",
  internal: "服务出错，请提供追踪编号",
  "leases.no_capacity": "现在没有节点有空位；什么都没有使用，请稍后再试或联系管理员",
  "leases.over": "这个租赁已结束",
  "serials.locked": ({ retryAfterSeconds }) =>
    `输错次数太多，请在 ${Math.ceil(Number(retryAfterSeconds) / 60)} 分钟后再试`,
  "serials.not_redeemable": ({ triesLeft }) => `无法兑换这个序列号，请核对印刷内容；还可以试 ${triesLeft} 次`,
  "serials.redeem_by_past": "兑换期限已过",
};
