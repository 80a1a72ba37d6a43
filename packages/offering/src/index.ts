export type { Allowance, Assignment, Driver, DriverListener, Knock, Phase, Reading, Running } from "./driver.ts";
