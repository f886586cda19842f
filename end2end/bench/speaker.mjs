// Machines that speak: JSON over HTTP, each observation under its number.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

export const state = (at_ms, word) => ({ time: new Date(at_ms).toISOString(), state: word });
const part = (at_ms) => ({ time: new Date(at_ms).toISOString(), parts: { good: 1 } });

/** A log of so many steps: a part at each, but for a stop of a minute every twenty; `first` says at which of the twenty it begins. */
export function log(start_ms, steps, step_ms, first) {
  const at = (step) => start_ms + step * step_ms;
  const say = (step) => [() => state(at(step), 'STOPPED'), undefined, () => state(at(step), 'ACTIVE')][(step + first) % 20]?.() ?? part(at(step));
  return Array.from({ length: steps }, (_, step) => say(step));
}

export class Speaker {
  #andon;
  #next = {};
  #timer;
  #under_way = new Set();

  constructor(andon) {
    this.#andon = andon;
  }

  /** Sends what one machine says; resolves when it is stored. */
  send(machine, said) {
    const numbered = said.map((entry) => ({ number: (this.#next[machine] = (this.#next[machine] ?? 0) + 1), ...entry }));
    const body = Buffer.from(JSON.stringify({ origin: 'bench', observations: numbered }));
    const url = `${this.#andon}/api/v2/machines/${machine}/observations?bucket=default`;
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = new Promise((resolve, reject) => {
      const request = http.request(url, { agent, method: 'POST', headers }, (response) => {
        let told = '';
        response.on('data', (some) => (told += some));
        response.on('error', reject);
        response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}: ${told}`))));
      });
      request.on('error', reject);
      request.end(body);
    });
    this.#under_way.add(sent);
    return sent.finally(() => this.#under_way.delete(sent));
  }

  /** One part, now. */
  say(machine) {
    return this.send(machine, [part(Date.now())]);
  }

  /** From now on so many machines make a part each `step_ms`, one after the other. */
  live(machines, step_ms) {
    let next = 0;
    this.#timer = setInterval(() => this.say(`m${next++ % machines}`).catch((error) => process.stderr.write(`${error.message}\n`)), step_ms / machines);
  }

  async stop() {
    clearInterval(this.#timer);
    await Promise.allSettled([...this.#under_way]);
  }
}
