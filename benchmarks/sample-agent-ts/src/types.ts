export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  content: string;
  callId?: string;
}

export interface Call {
  id: string;
  name: string;
  input: Record<string, unknown>;
}

export interface Reply {
  text: string;
  calls: Call[];
  tokens: { input: number; output: number };
}
