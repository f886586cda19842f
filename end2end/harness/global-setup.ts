// Before all tests: one cluster with the bioreactor's data as a template, and one server for all tests that only look.
import { Andon } from './andon.ts';
import * as bioreactor from './bioreactor.ts';
import { andonProgram, siteRoot } from './environment.ts';
import { Cluster } from './postgres.ts';

export default async function setUp(): Promise<() => Promise<void>> {
  andonProgram();
  siteRoot();
  const cluster = await Cluster.create();
  let andon: Andon | undefined;
  const tearDown = async () => {
    await andon?.stop();
    await cluster.remove();
    const panic = andon && /^.*panicked[\s\S]{0,400}/m.exec(andon.log);
    if (panic) throw new Error(`the shared server panicked:\n${panic[0]}`);
  };
  try {
    await cluster.start();
    await cluster.with('postgres', (client) => client.query('CREATE DATABASE bioreactor'));
    bioreactor.load(cluster, 'bioreactor');
    await cluster.with('postgres', (client) => client.query('CREATE DATABASE shared TEMPLATE bioreactor'));
    andon = await Andon.start(cluster.url('shared'));
    await andon.ready();
  } catch (error) {
    await tearDown();
    throw error;
  }
  process.env.END2END_SHARED_URL = andon.url;
  process.env.END2END_POSTGRES_PORT = `${cluster.port}`;
  return tearDown;
}
