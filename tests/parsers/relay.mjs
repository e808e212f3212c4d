// Stands between a reader and the server, and spoils what passes: it cuts the connection in the
// midst of a frame, or changes the bytes.
import { connect, createServer } from 'node:net';

export class Relay {
  // `cuts` says after how many bytes towards the reader each of the first connections is cut, one
  // at a time.
  // `spoil` is shown the first bytes, more and more of them, until it returns what is to pass
  // instead rather than null. All that follows passes as it is.
  constructor(port, { cuts = [], spoil = null } = {}) {
    this.port = port;
    this.cuts = [...cuts];
    this.cutCount = 0;
    this.spoil = spoil;
    this.held = Buffer.alloc(0);
    this.sockets = new Set();
    this.server = createServer((reader) => this.join(reader));
  }

  async listen() {
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  join(reader) {
    const server = connect(this.port, '127.0.0.1');
    const ends = [reader, server];
    for (const socket of ends) {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        for (const end of ends) end.destroy();
      });
    }
    reader.pipe(server);
    let left = this.cuts.shift() ?? Infinity;
    server.on('data', (bytes) => {
      const isCut = bytes.length >= left;
      const passed = isCut ? bytes.subarray(0, left) : bytes;
      left -= passed.length;
      if (!reader.write(this.spoiled(passed))) server.pause();
      if (!isCut) return;
      left = Infinity;
      this.cut(reader, server);
    });
    // One that the server has ended before leaves its cut to the next.
    server.on('close', () => {
      if (left !== Infinity) this.cuts.unshift(left);
    });
    reader.on('drain', () => server.resume());
  }

  spoiled(bytes) {
    if (!this.spoil) return bytes;
    this.held = Buffer.concat([this.held, bytes]);
    const instead = this.spoil(this.held);
    if (instead) this.spoil = null;
    return instead ?? '';
  }

  // By turns so that the reader sees an end, and so that it sees an error.
  cut(reader, server) {
    server.destroy();
    if (++this.cutCount % 2 === 0) reader.resetAndDestroy();
    else reader.end();
  }

  close() {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
