export { derpDriver } from "./driver.ts";
