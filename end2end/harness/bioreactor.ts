// The bioreactor's data as they lie on disk, read independently of the server: what every answer is held against.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './postgres.ts';

export const DIRECTORY = join(import.meta.dirname, '..', 'data', 'bioreactor');

export interface Window {
  start: string;
  end: string;
  rows: number;
  first: string | null;
  last: string | null;
  min: number | null;
  max: number | null;
}

export interface Table {
  file: string;
  rows: number;
  windows: Record<string, Window>;
}

/** A row: milliseconds UTC, and the value as written. */
export interface Row {
  time: number;
  value: string;
}

const { edge: _, ...tables } = JSON.parse(readFileSync(join(DIRECTORY, 'expected.json'), 'utf8')) as Record<string, Table>;

/** Table name → what is expected of it. */
export const EXPECTED: Record<string, Table> = tables;

export const TEMPERATURE = 'CM_HAM_DO_AI1/Temp_value';
export const PH = 'CM_HAM_PH_AI1/pH_value';
export const OXYGEN = 'CM_PID_DO/Process_DO';
export const PRESSURE = 'CM_PRESSURE/Output';
export const ODD = 'odd "name"/with; DROP TABLE x--';
/** In the order of the board, with name and unit. */
export const SERIES = [
  { id: TEMPERATURE, name: 'Temperature', unit: '°C' },
  { id: PH, name: 'pH', unit: '' },
  { id: OXYGEN, name: 'Dissolved oxygen', unit: '%' },
  { id: PRESSURE, name: 'Pressure', unit: 'psi' },
];

/** `2024-01-15 01:00:00.000`, UTC, in milliseconds. */
export function instant(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

const cache = new Map<string, Row[]>();

/** All rows of a table, in the order of time. */
export function rowsOf(id: string): Row[] {
  const known = cache.get(id);
  if (known) return known;
  const lines = readFileSync(join(DIRECTORY, EXPECTED[id]!.file), 'utf8').trim().split('\n').slice(1);
  const rows = lines.map((line) => line.split(',')).map(([time, value]) => ({ time: instant(time!), value: value! }));
  cache.set(id, rows);
  return rows;
}

/** The rows of a window, both ends inside. */
export function rowsBetween(id: string, from: number, to: number): Row[] {
  return rowsOf(id).filter((row) => row.time >= from && row.time <= to);
}

/** First and last instant of all four series. */
export function extent(): [number, number] {
  const times = SERIES.flatMap(({ id }) => rowsOf(id).map((row) => row.time));
  return [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
}

/** Loads everything into a database. */
export function load(cluster: Cluster, database: string): void {
  cluster.script(database, DIRECTORY, 'load.sql');
}
