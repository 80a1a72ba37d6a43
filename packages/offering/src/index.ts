export type { Allowance, Assignment, Driver, DriverListener, Knock, Phase, Reading, Running } from "./driver.ts";
export type { Demand, Endpoint, Offering, Renewal, SpecDevice, SpecInput } from "./offering.ts";
