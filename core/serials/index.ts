export { countWrongCode, forgetGuessesSweep, requireUnlocked } from "./guesses.ts";
export { serialRoutes } from "./routes.ts";
export { type TakenSerial, useSerial, WrongCode } from "./take.ts";
