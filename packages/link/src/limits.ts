/** Per message of an agent. 1,000 readings, the most that one message holds, are some 150 kB. */
export const agentMessageMaxBytes = 1 << 20;
/** Per message of control: a whole desired state of thousands of instances fits. */
export const controlMessageMaxBytes = 64 << 20;
