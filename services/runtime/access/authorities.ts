import { getCACertificates } from 'node:tls';

/** An authority beside the public ones: an address is often another company's than the one whose authority is named. @param ca PEM */
export const besidePublic = (ca: string): string[] => [...getCACertificates('default'), ca];
