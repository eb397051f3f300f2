/** What of Trusted Types the pages use; the DOM's own types take plain strings where browsers take these. */
interface TrustedTypePolicy {
  createScriptURL(url: string): string;
}

declare var trustedTypes: { createPolicy(name: string, rules: { createScriptURL: (url: string) => string | null }): TrustedTypePolicy } | undefined;
