export { type Endpoint, encodeRequest, encodeResponse, parseRequest, parseResponse, type Request } from "./stun.ts";
