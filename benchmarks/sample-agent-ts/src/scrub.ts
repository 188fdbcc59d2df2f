const SECRETS = [/sk-[A-Za-z0-9_-]{20,}/g, /gh[pousr]_[A-Za-z0-9]{36}/g, /(?<=password=)\S+/gi];

/** The text without keys and passwords. */
export function scrub(text: string): string {
  return SECRETS.reduce((left, pattern) => left.replace(pattern, "[secret]"), text);
}
