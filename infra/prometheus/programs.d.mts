export declare const PROMETHEUS_NEEDED: string;
export declare function findPrometheus(name: 'prometheus' | 'promtool'): string | undefined;
