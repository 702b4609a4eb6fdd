/// <reference types="node" />

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Payload = Buffer | Uint8Array | Json | undefined;

export class GatewayError extends Error {
  code: number;
  errorType: string;
}

export interface Log {
  debug(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
}

/** The second argument of a function's handler. */
export interface Context {
  requestId: string;
  functionName: string;
  invokerContext: { [key: string]: Json };
  environment: NodeJS.ProcessEnv;
  logger: Log;
  remainingMs(): number;
  /** As in other function runtimes. */
  getRemainingTimeInMillis(): number;
}

export type Handler = (
  event: Buffer,
  context: Context,
  callback: (error?: unknown, result?: Payload) => void,
) => Promise<Payload> | Payload | void;

export interface DeviceSettings {
  productKey: string;
  deviceName: string;
  config: { [key: string]: Json };
  extension: { [key: string]: Json };
  tsl: { [key: string]: Json };
}

export interface ReportResult {
  accepted: boolean;
  status: 'ACCEPTED' | 'REFUSED' | 'STALE';
  reason: string;
}

export interface Device {
  productKey: string;
  deviceName: string;
  settings: DeviceSettings;
  online(): Promise<void>;
  offline(reason: string): Promise<void>;
  report(properties: { [identifier: string]: Json }): Promise<ReportResult>;
  reportEvent(event: string, output?: { [identifier: string]: Json }): Promise<ReportResult>;
}

export interface Configuration {
  kv: { [key: string]: string };
  json: { [key: string]: Json };
  files: string[];
}

export interface DriverContext {
  name: string;
  config: Configuration;
  devices: DeviceSettings[];
  log: Log;
  logger: Log;
  connect(settings: DeviceSettings, handler?: DeviceHandler): Promise<Device>;
  every(seconds: number, run: () => unknown): void;
}

export interface DeviceHandler {
  get?(device: Device, properties: string[]): Promise<object> | object;
  set?(device: Device, values: { [identifier: string]: Json }): Promise<void> | void;
  call?(device: Device, service: string, input: { [identifier: string]: Json }): Promise<object | void> | object | void;
}

/** What a driver exports: a class or an object with these methods. */
export interface Driver extends DeviceHandler {
  start(context: DriverContext): Promise<void> | void;
  stop?(): Promise<void> | void;
  changed?(context: DriverContext): Promise<boolean> | boolean;
}

export const log: Log;
export function config(): Configuration;
export function publish(topic: string, payload: Payload): Promise<void>;
export function invoke(name: string, payload?: Payload): Promise<Buffer>;
export function get(productKey: string, deviceName: string, properties?: string[]): Promise<{ [id: string]: Json }>;
export function set(productKey: string, deviceName: string, values: { [id: string]: Json }): Promise<void>;
export function call(
  productKey: string,
  deviceName: string,
  service: string,
  input?: { [id: string]: Json },
): Promise<{ [id: string]: Json }>;
