export const CHROMIUM_NEEDED: string;
export function findChromium(): string | undefined;
export function findProgram(name: string, path?: string): string | undefined;
