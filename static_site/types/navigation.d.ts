/** The part of the Navigation API that the pages use where it is there; TypeScript's own types lack it. */
declare var navigation: { activation: NavigationActivation | null } | undefined;
