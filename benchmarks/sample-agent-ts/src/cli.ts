#!/usr/bin/env node
import { Command } from "commander";
import { Agent, offerHelper } from "./agent.js";
import { Archive } from "./archive.js";
import { readConfig } from "./config.js";
import { runEvals } from "./evals.js";
import { writeEventsTo } from "./events.js";
import { exportRuns } from "./export.js";
import { isOn } from "./flags.js";
import { keepWatch } from "./nightly.js";
import { serve } from "./server.js";

const config = readConfig();
const archive = new Archive("joiner.db");
const program = new Command("joiner");

program
  .command("run <task>")
  .option("--model <name>", "use this model for everything")
  .option("--yolo", "ask nobody")
  .action(async (task: string, options: { model?: string; yolo?: boolean }) => {
    if (options.model) config.roles.edit = options.model;
    if (options.yolo) config.approval.mode = "yolo";
    if (isOn("helper")) offerHelper(config, archive);
    const stop = writeEventsTo("joiner.events.jsonl");
    const agent = new Agent(config, archive);
    console.log(await agent.work(task), agent.meter.totals);
    stop();
  });
program.command("rate <run> <verdict>").action((run: string, verdict: "good" | "bad") => archive.rate(run, verdict));
program.command("export <file>").action((file: string) => console.log(exportRuns(archive, file)));
program.command("eval <cases> <a> <b>").action(async (cases: string, a: string, b: string) => {
  console.table(await runEvals(cases, [a, b], config, archive));
});
program.command("watch").action(() => void keepWatch(config, archive));
program.command("serve <port>").action((port: string) => serve(Number(port)));
program.parse();
