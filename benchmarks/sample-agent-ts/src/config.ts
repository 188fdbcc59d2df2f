import { readFileSync } from "node:fs";
import { z } from "zod";

const Config = z.object({
  roles: z.object({ plan: z.string(), edit: z.string(), summary: z.string() }),
  ladder: z.array(z.string()).min(1),
  attempts: z.number().int().default(4),
  approval: z.object({ mode: z.enum(["ask", "auto", "yolo"]), allow: z.array(z.string()) }),
  trial: z.object({ model: z.string(), percent: z.number().min(0).max(100) }).optional(),
  nightly: z.array(z.object({ at: z.string(), task: z.string() })).default([]),
});

export type Config = z.infer<typeof Config>;

export function readConfig(path = "joiner.config.json"): Config {
  return Config.parse(JSON.parse(readFileSync(path, "utf8")));
}
