// Which thread runs first where more want to run than there are cores.
//
// A writer waits for the sequencer, and the sequencer mostly waits for the disk. Its work between
// two waits is short, but Linux lets others end their turns first, which are 3 ms long and in
// effect a tick of 4 ms. Two such turns after each other are most of a slow write. So the sequencer
// asks for short turns, which Linux (from 6.12 on) takes as leave to interrupt longer ones; and
// what takes long, such as a flush, takes few turns while others have work.
//
// The share of time that a thread gets if it always has something to do stays the same with short
// turns. With few it shrinks to a third, and does not end: a flush that never got anywhere would
// stop the writers in the end.
//
// Threads: each function acts on the thread that calls it. Where the system does not know how, or
// does not allow it, nothing changes.
#pragma once

namespace freshet::storage {

// For a thread that wakes often, works briefly, and is waited for.
void take_short_turns();

// For a thread whose work takes long, and is waited for by few. Once is enough.
void take_few_turns();

}  // namespace freshet::storage
