export { noticeJobs } from "./jobs.ts";
export type { NewMail } from "./mail.ts";
export { noticeRoutes } from "./routes.ts";
export { sealClearMails } from "./seal-clear.ts";
export { dropWaiting, sendMail } from "./send.ts";
export type { MailServer } from "./smtp.ts";
export { noticeSettings, noticeSweeps } from "./sweeps.ts";
