const SYSTEM = `You are a careful programmer in {{folder}}.
Change as little as the task allows, and run the tests before you say that you are done.`;

const HELPER = `You help another programmer with one part of a task: {{part}}
Answer in at most {{words}} words.`;

function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "");
}

export function systemPrompt(folder: string): string {
  return fill(SYSTEM, { folder });
}

export function helperPrompt(part: string): string {
  return fill(HELPER, { part, words: "200" });
}
