// What the doctor finds: one line each, with what to do about it.

export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly told: string;
  readonly remedy?: string;
}

export const well = (check: string, told: string): Finding => ({ check, status: 'ok', told });
export const doubtful = (check: string, told: string, remedy: string): Finding => ({
  check,
  status: 'warn',
  told,
  remedy,
});
export const wrong = (check: string, told: string, remedy: string): Finding => ({
  check,
  status: 'fail',
  told,
  remedy,
});
