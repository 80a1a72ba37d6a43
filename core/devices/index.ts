export { type NewDevice, registerDevice, unregisterDevice } from "./register.ts";
export { type DeviceRow, findDevices, findDevicesOf, findKnocks, type KnockRow, saveKnock } from "./store.ts";
