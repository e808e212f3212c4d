// A browser as far as tabs need one to share a connection: each tab is a thread, and so is a
// SharedWorker; locks are held by threads and end with them. A BroadcastChannel is Node's own.
import { Worker } from 'node:worker_threads';

export class FakeBrowser {
  #locks = new Map();    // by name: those who hold or wait, the holder first
  #workers = new Map();  // by name
  #threads = new Set();

  constructor({ hasSharedWorkers = false } = {}) {
    this.hasSharedWorkers = hasSharedWorkers;
  }

  get workers() { return [...this.#workers.keys()]; }

  tab(url, options = {}) {
    const { hasSharedWorkers } = this;
    const thread = this.#start({ is: 'tab', url, options, hasSharedWorkers });
    const tab = { heard: [], states: [], values: {}, thread };
    tab.send = (command) => thread.postMessage(command);
    thread.on('message', ({ heard, state, view }) => {
      if (heard) tab.heard.push(heard);
      if (state) tab.states.push(state);
      if (view) tab.values[view.name] = view;
    });
    // Without a word, as when a process is killed.
    tab.kill = () => thread.terminate();
    return tab;
  }

  async close() {
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #start(workerData) {
    const thread = new Worker(new URL('fake_realm.mjs', import.meta.url), { workerData });
    this.#threads.add(thread);
    thread.on('message', ({ lock, connect }) => {
      if (lock) this.#lock(thread, lock);
      if (connect) this.#connect(connect);
    });
    thread.on('error', (error) => { throw error; });
    thread.on('exit', () => {
      this.#threads.delete(thread);
      for (const name of [...this.#locks.keys()]) this.#leave(name, (one) => one.thread === thread);
    });
    return thread;
  }

  #connect({ name, port }) {
    if (!this.#workers.has(name)) this.#workers.set(name, this.#start({ is: 'worker', name }));
    this.#workers.get(name).postMessage({ port }, [port]);
  }

  #lock(thread, { name, id, ends }) {
    if (ends) return this.#leave(name, (one) => one.thread === thread && one.id === id);
    const queue = this.#locks.get(name) ?? [];
    this.#locks.set(name, queue);
    queue.push({ thread, id });
    if (queue.length === 1) thread.postMessage({ granted: id });
  }

  #leave(name, is) {
    const queue = this.#locks.get(name) ?? [];
    const [holder] = queue;
    const left = queue.filter((one) => !is(one));
    this.#locks.set(name, left);
    if (left[0] && left[0] !== holder) left[0].thread.postMessage({ granted: left[0].id });
  }
}
