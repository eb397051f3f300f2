/** What the kitchen view knows of this tab's conversations with the API. Times are in ms since 1970. */

/** What began a conversation. */
export interface Cause {
  type: 'load' | 'click' | 'submit' | 'change' | 'input';
  /** Of what was clicked or changed, as people know it; the page's address for a load. */
  name: string;
  at: number;
  /** What the page before was left by, just before this one loaded. */
  after?: Cause;
}

/** Resource Timing's numbers, in ms since `origin`; 0 where the browser keeps them to itself. */
export interface Network {
  origin: number;
  startTime: number;
  connectStart: number;
  requestStart: number;
  responseStart: number;
  responseEnd: number;
  transferSize: number;
}

/** One try of a call, of which a retry makes another. */
export interface Try {
  at: number;
  /** None: the page was left before an answer came. */
  end?: number;
  status?: number;
  /** The error's name, where no answer came. */
  failure?: string;
  headers?: Record<string, string>;
  /** The answer's body, masked and cut. */
  text?: string;
  network?: Network;
}

/** One conversation: a call, all its tries, and what the page did with the answer. */
export interface Talk {
  /** When it began, which no other conversation did. */
  id: number;
  page: string;
  cause: Cause;
  method: string;
  path: string;
  headers: Record<string, string>;
  /** Whether the session cookie went along. */
  cookie: boolean;
  /** The request's body, masked and cut. */
  body: string;
  tries: Try[];
  notes: { at: number; words: string }[];
}

/** Told of each try as it begins, and then, once, what came of it: an answer with its body, or an error. */
export type Overhear = (
  method: string,
  path: string,
  init: { body: string | null; credentials: RequestCredentials; headers: Record<string, string> },
  call: object,
) => (came: Response | Error, text?: string) => void;
