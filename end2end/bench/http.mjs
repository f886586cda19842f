// Questions over one kept connection, as a browser keeps it.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const headers = { 'accept-encoding': 'gzip, deflate, br, zstd', accept: '*/*' };

/** Milliseconds from the question to the last byte of its answer, and the bytes of the body as they travelled. */
export function ask(url, { json, limit_ms = 60_000 } = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const body = json && JSON.stringify(json);
    const own = body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const signal = AbortSignal.timeout(limit_ms);
    const failed = (error) => reject(signal.aborted ? new Error(`took longer than ${limit_ms / 1_000} s`) : error);
    const request = http.request(url, { agent, signal, method: body ? 'POST' : 'GET', headers: { ...headers, ...own } }, (response) => {
      let bytes = 0;
      response.on('data', (part) => (bytes += part.length));
      response.on('error', failed);
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ ms: performance.now() - began, bytes });
        else reject(new Error(`status ${response.statusCode} of ${url}`));
      });
    });
    request.on('error', failed);
    request.end(body);
  });
}

/** Waits until an address answers 200. */
export async function until_ready(url, limit_ms = 30_000) {
  const end = performance.now() + limit_ms;
  for (;;) {
    try {
      return await ask(url, { limit_ms: 2_000 });
    } catch (error) {
      if (performance.now() > end) throw new Error(`${url} did not become ready: ${error.message}`);
      await new Promise((later) => setTimeout(later, 100));
    }
  }
}

const writers = new http.Agent({ keepAlive: true, maxSockets: 4 });

/** Writes line protocol with times in seconds; resolves when it is answered, and that is when it is stored. */
export function send_lines(andon, lines) {
  return new Promise((resolve, reject) => {
    const body = Buffer.isBuffer(lines) ? lines : Buffer.from(lines);
    const url = `${andon}/api/v2/write?bucket=default&precision=s`;
    const request = http.request(url, { agent: writers, method: 'POST', headers: { 'content-length': body.length } }, (response) => {
      let said = '';
      response.on('data', (part) => (said += part));
      response.on('error', reject);
      response.on('end', () => (response.statusCode === 204 ? resolve() : reject(new Error(`status ${response.statusCode}: ${said}`))));
    });
    request.on('error', reject);
    request.end(body);
  });
}
