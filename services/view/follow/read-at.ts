// When something was read. Its age is counted by a clock that nobody sets; by one that was ahead for a moment it would stay young.

/**
 * As the clock of today has it, so that what has passed since is its true age.
 * @param at by performance.now()
 * @returns ms since 1970, never after now
 */
export const wallTimeOf = (at: number): number => Math.floor(Date.now() - (performance.now() - at));
