export { countWrongCode, forgetGuessesSweep, requireUnlocked } from "./guesses.ts";
export { serialRoutes } from "./routes.ts";
export { type TakenSerial, useSerial } from "./take.ts";
