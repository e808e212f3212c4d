// A server of its own, on a fresh folder: FRESHET_BINARY names the program.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const beginning = `
[server]
listen = "127.0.0.1:0"
[storage]
path = "data"
ballast_bytes = 0
`;

export class OwnServer {
  async start(tables) {
    this.folder = await mkdtemp(join(tmpdir(), 'freshet-parsers-'));
    const config = join(this.folder, 'freshet.toml');
    await writeFile(config, beginning + tables);
    const options = { stdio: ['ignore', 'ignore', 'pipe'] };
    this.process = spawn(process.env.FRESHET_BINARY, ['serve', '--config', config], options);
    this.port = await this.readPort();
    this.url = `http://127.0.0.1:${this.port}`;
  }

  // From its log, which is read to the end: nobody waits for a pipe that is full.
  readPort() {
    const said = [];
    return new Promise((done, fail) => {
      const lines = createInterface({ input: this.process.stderr });
      lines.on('line', (line) => {
        said.push(line);
        const port = line.match(/listening on http.*:(\d+)$/);
        if (port) done(Number(port[1]));
      });
      lines.on('close', () => fail(new Error('the server ended:\n' + said.join('\n'))));
      this.process.on('error', fail);
    });
  }

  async stop() {
    if (this.process && this.process.exitCode === null && !this.process.signalCode) {
      const ended = new Promise((done) => this.process.on('exit', done));
      this.process.kill();
      await ended;
    }
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  append({ table, body }) {
    return fetch(`${this.url}/records?table=${encodeURIComponent(table)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Prefer: 'return=minimal' },
      body,
    });
  }

  // Ends all streams, as an admin does. Returns how many there were.
  async endStreams() {
    const { subscribers } = await (await fetch(this.url + '/admin/subscribers')).json();
    for (const { id } of subscribers) {
      await fetch(`${this.url}/admin/subscribers/${id}`, { method: 'DELETE' });
    }
    return subscribers.length;
  }
}
