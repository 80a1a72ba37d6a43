export { challengeAnswers } from "./challenge.ts";
export { certificatesChannel, ensureCertificates, openCertificates } from "./kept.ts";
export type { Authority } from "./order.ts";
export { certificateRoutes } from "./routes.ts";
export { certificateSweeps } from "./sweeps.ts";
