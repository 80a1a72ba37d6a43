export { countWrongCode, forgetGuessesSweep, requireUnlocked } from "./guesses.ts";
export { serialRoutes } from "./routes.ts";
export { serialSettings } from "./settings.ts";
export { type TakenSerial, useSerial } from "./take.ts";
