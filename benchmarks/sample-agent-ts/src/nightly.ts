import { Agent } from "./agent.js";
import type { Archive } from "./archive.js";
import type { Config } from "./config.js";

/** Wake up every minute and work through what is due. */
export function keepWatch(config: Config, archive: Archive): NodeJS.Timeout {
  return setInterval(async () => {
    const now = new Date().toTimeString().slice(0, 5);
    for (const job of config.nightly) {
      if (job.at === now) await new Agent(config, archive).work(job.task);
    }
  }, 60_000);
}
