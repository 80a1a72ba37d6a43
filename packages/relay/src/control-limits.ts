/** A room with many devices and its certificate stays far below. */
export const maxRequestBytes = 8 << 20;
/** Every counter of a long run. */
export const maxReplyBytes = 64 << 20;
