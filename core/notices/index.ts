export { noticeJobs } from "./jobs.ts";
export type { NewMail } from "./mail.ts";
export { noticeRoutes } from "./routes.ts";
export { sendMail } from "./send.ts";
export type { MailServer } from "./smtp.ts";
