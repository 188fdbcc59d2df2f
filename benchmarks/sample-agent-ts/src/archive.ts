import Database from "better-sqlite3";
import { scrub } from "./scrub.js";
import type { Message } from "./types.js";

const TABLES = `
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, started INTEGER, verdict TEXT);
CREATE TABLE IF NOT EXISTS messages (run TEXT REFERENCES runs(id), role TEXT, content TEXT, call_id TEXT);
`;

export class Archive {
  private readonly database: Database.Database;

  constructor(path: string) {
    this.database = new Database(path);
    this.database.exec(TABLES);
  }

  add(run: string, message: Message): void {
    this.database.prepare("INSERT OR IGNORE INTO runs (id, started) VALUES (?, ?)").run(run, Date.now());
    this.database
      .prepare("INSERT INTO messages VALUES (?, ?, ?, ?)")
      .run(run, message.role, scrub(message.content), message.callId ?? null);
  }

  /** What the person thought of a run: `good` or `bad`. */
  rate(run: string, verdict: "good" | "bad"): void {
    this.database.prepare("UPDATE runs SET verdict = ? WHERE id = ?").run(verdict, run);
  }

  runs(): { id: string; verdict: string | null }[] {
    return this.database.prepare("SELECT id, verdict FROM runs").all() as { id: string; verdict: string | null }[];
  }

  messages(run: string): Message[] {
    return this.database.prepare("SELECT role, content, call_id AS callId FROM messages WHERE run = ?").all(run) as Message[];
  }
}
