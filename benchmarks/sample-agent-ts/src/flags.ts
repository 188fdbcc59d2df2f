const DEFAULTS = { compact: true, helper: false };

/** Switches of behaviour: `JOINER_<NAME>=1` or `=0` in the environment. */
export function isOn(name: keyof typeof DEFAULTS): boolean {
  const given = process.env[`JOINER_${name.toUpperCase()}`];
  return given === undefined ? DEFAULTS[name] : given === "1";
}
