import { mkdirSync, rmdirSync } from "node:fs";

const LOCALES = ["en", "de", "fr"];

/** The first language of a browser that there is a page in, else English. */
export function pickLocale(header: string): string {
  const wanted = header.split(",").map((part) => part.slice(0, 2));
  return wanted.find((locale) => LOCALES.includes(locale)) ?? "en";
}

export function renderPage(title: string, fallbackLocale: string): string {
  return `<!doctype html><html lang="${fallbackLocale}"><title>${title}</title>`;
}

/** A folder as a lock; tried again while another process holds it. */
export function lockFolder(path: string, retries = 5): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (retries === 0) throw error;
    lockFolder(path, retries - 1);
  }
}

export function unlockFolder(path: string): void {
  rmdirSync(path);
}

/** Telegrams were short; so are the titles of a list. */
export function truncateTitle(title: string, budget = 60): string {
  return title.length > budget ? `${title.slice(0, budget - 1)}…` : title;
}

/** A different greeting for every tenth visitor; it is only a greeting. */
export function greeting(): string {
  return Math.random() < 0.1 ? "Hello again" : "Hello";
}

/** How many words of a line two texts share; for the list of similar runs. */
export function similarityScore(a: string, b: string): number {
  const words = new Set(a.split(" "));
  return b.split(" ").filter((word) => words.has(word)).length;
}

export const LOG_LEVELS = { trace: 10, debug: 20, info: 30 };
