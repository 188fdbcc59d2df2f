import { expect, test } from "vitest";
import { Policy, dangerOf } from "../src/approval.js";

const push = { id: "1", name: "bash", input: { command: "git push origin main" } };

test("a push leaves the house", () => {
  expect(dangerOf(push)).toBe("outside");
});

test("no mode but yolo lets a push pass by itself", () => {
  expect(new Policy({ mode: "auto", allow: [] }).lets(push)).toBe(false);
  expect(new Policy({ mode: "yolo", allow: [] }).lets(push)).toBe(true);
});
