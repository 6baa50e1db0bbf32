/** The file of the audit index, beside that of the view. */
export const auditIndexOf = (viewFile: string): string => `${viewFile}.audit`;
