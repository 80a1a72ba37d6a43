/** Calls back when whoever started this process over an IPC channel is gone, also when that was before this call. */
export function onParentGone(end: () => void): void {
  if (process.connected === false) end();
  else process.once("disconnect", end);
}
