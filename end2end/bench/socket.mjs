// A viewer without a browser: the open socket of a tab as app/src/live/wire.rs speaks it, packed by postcard.
import { randomBytes } from 'node:crypto';
import http from 'node:http';

const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
/** First byte of what the server tells: the place in `Told`. */
export const ANSWER = 0;
export const FRESH = 1;
export const CHANGED = 2;

/** `Asked::Window`: postcard writes the place of a variant, then its fields; numbers seven bits a byte, the low ones first. */
export function asked_window({ topic = 0, number, tenant = 'default', series, from, to, columns, follow = false }) {
  const text = (value) => [...varint(Buffer.byteLength(value)), ...Buffer.from(value)];
  const option = (value) => (value === undefined ? [0] : [1, ...text(value)]);
  const question = [...text(tenant), ...varint(series.length), ...series.flatMap(text), ...option(from), ...option(to), ...varint(columns), 0];
  return Buffer.from([0, ...varint(topic), ...varint(number), ...question, Number(follow)]);
}

/** What is told: the kind, the topic and the number of the question; of an answer also whether it is one. */
export function told(bytes) {
  const [topic, after_topic] = read_varint(bytes, 1);
  const [number, after_number] = read_varint(bytes, after_topic);
  return { kind: bytes[0], topic, number, good: bytes[0] !== ANSWER || bytes[after_number] === 0 };
}

function varint(number) {
  const bytes = [];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
  return [...bytes, number];
}

function read_varint(bytes, at) {
  let number = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    number += (byte & 127) * factor;
    if (byte < 128) return [number, at];
  }
}

/** Opens a socket; `on_told(bytes)` hears every message. */
export function open(andon, on_told) {
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64') };
    const request = http.get(`${andon}/live`, { headers, agent: false });
    request.on('error', reject);
    request.on('response', ({ statusCode }) => reject(new Error(`status ${statusCode} instead of a socket`)));
    request.on('upgrade', (_, socket, head) => {
      socket.setNoDelay(true);
      let rest = head;
      const take = (part) => {
        rest = frames(Buffer.concat([rest, part]), (code, payload) => {
          if (code === BINARY) on_told(payload);
          else if (code === PING) socket.write(frame(PONG, payload));
          else if (code === CLOSE) socket.end();
        });
      };
      socket.on('data', take);
      socket.on('error', () => {});
      resolve({ say: (bytes) => socket.write(frame(BINARY, bytes)), close: () => socket.destroy() });
    });
  });
}

/** A frame of a client is masked; with zeros the payload stays what it is. */
function frame(code, payload) {
  const length = payload.length < 126 ? [payload.length | 128] : [126 | 128, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([128 | code, ...length, 0, 0, 0, 0]), payload]);
}

/** Hands whole frames to `take`; returns what is left. The server sends each message as one frame. */
function frames(bytes, take) {
  for (;;) {
    if (bytes.length < 2) return bytes;
    const short = bytes[1] & 127;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < head) return bytes;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + length) return bytes;
    take(bytes[0] & 15, bytes.subarray(head, head + length));
    bytes = bytes.subarray(head + length);
  }
}
