export type { Allowance, Assignment, Driver, DriverListener, Knock, Phase, Reading, Running } from "./driver.ts";
export type { Demand, Offering, SpecDevice, SpecInput } from "./offering.ts";
