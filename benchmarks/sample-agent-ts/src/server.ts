import { createServer } from "node:http";
import { renderPage, pickLocale } from "./text.js";

type Handler = (body: string) => string;

/** Pages about past runs; no model is asked here. */
class Router {
  private readonly routes = new Map<string, Handler>();

  route(path: string, handler: Handler): this {
    this.routes.set(path, handler);
    return this;
  }

  resolve(path: string): Handler {
    return this.routes.get(path) ?? this.fallback;
  }

  private readonly fallback: Handler = () => "There is no such page.";
}

export function serve(port: number): void {
  const router = new Router().route("/", () => renderPage("Runs", "en"));
  createServer((request, response) => {
    const locale = pickLocale(request.headers["accept-language"] ?? "");
    response.setHeader("content-language", locale);
    response.end(router.resolve(request.url ?? "/")(""));
  }).listen(port);
}
