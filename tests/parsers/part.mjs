// A server, what is written to it, and those who read it.
import assert from 'node:assert/strict';

import { chance } from '../clients/support.mjs';
import { Account, ownTypes } from './account.mjs';
import { Draws } from './draws.mjs';
import { History } from './history.mjs';
import { LiveViews } from './live_views.mjs';
import { OwnServer } from './own_server.mjs';
import { readers } from './readers.mjs';
import { Relay } from './relay.mjs';

// The mean is about 200, so that the last cut is before the last frame.
const bytesOfFrame = 100;

export class Part {
  constructor(number, count) {
    this.count = count;
    this.half = Math.ceil(count / 2);
    this.draws = new Draws(chance(number));
    this.history = new History(this.draws, count);
    this.server = new OwnServer();
    this.accounts = [];
  }

  start() { return this.server.start(this.history.toml()); }

  async append(positionMost) {
    while (this.history.position < positionMost) await this.appendBatch(positionMost);
  }

  async appendBatch(positionMost) {
    const answer = await this.server.append(this.history.batch(positionMost));
    const receipt = await answer.json();
    assert.ok(answer.ok, JSON.stringify(receipt).slice(0, 2_000));
    // So positions are known before a stream names them.
    assert.equal(receipt.position, this.history.position);
  }

  // Has each reader watch, by a relay of its own that cuts its first connections and may spoil what
  // passes. Returns an account of each.
  watch(target, { form, after = 0, cutCount = 0, spoil = null, withViews = false }) {
    return Promise.all([...readers].map(async ([name, read]) => {
      const most = 400 + Math.floor((this.count * bytesOfFrame) / (cutCount + 1));
      const cuts = this.draws.list(cutCount, () => this.draws.between(300, most));
      const relay = new Relay(this.server.port, { cuts, spoil });
      const views = withViews ? new LiveViews(this.history.views) : null;
      const account = new Account({ name, history: this.history, form, after, views });
      const url = await relay.listen() + target;
      const types = new Set([...ownTypes, ...this.history.types]);
      const reader = read({ url, types, hear: account.hear, draws: this.draws });
      account.relay = relay;
      account.close = () => {
        reader.close();
        relay.close();
      };
      this.accounts.push(account);
      return account;
    }));
  }

  closeReaders() { for (const account of this.accounts.splice(0)) account.close(); }

  async end() {
    this.closeReaders();
    this.history = null; // which is large
    await this.server.stop();
  }
}
