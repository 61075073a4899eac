// Plays one world after the other in a thread of its own: as asked, until the thread is ended.
import { parentPort } from "node:worker_threads";
import { type Asked, playSeed } from "./played.ts";

parentPort?.on("message", (asked: Asked) => {
  void playSeed(asked).then((played) => parentPort?.postMessage(played));
});
