/** The part of Stripe.js (js.stripe.com/endive) that the checkout uses, and of Trusted Types. */

export interface StripeProblem {
  message?: string;
}

export interface ElementsOptions {
  mode: 'payment';
  amount: number;
  currency: string;
  captureMethod: 'manual';
  allowedPaymentMethodTypes: string[];
  locale: 'auto';
  appearance: { theme: 'stripe' | 'night' };
}

export interface PaymentElement {
  mount(container: HTMLElement): void;
  once(event: 'ready', handler: () => void): unknown;
  once(event: 'loaderror', handler: (event: { error: StripeProblem }) => void): unknown;
}

export interface Elements {
  create(type: 'payment', options: { wallets: Record<'applePay' | 'googlePay' | 'link', 'never'> }): PaymentElement;
  update(options: { amount: number; currency: string }): void;
  submit(): Promise<{ error?: StripeProblem }>;
}

export interface Stripe {
  elements(options: ElementsOptions): Elements;
  createConfirmationToken(options: { elements: Elements }): Promise<{ confirmationToken?: { id: string }; error?: StripeProblem }>;
}

declare global {
  var Stripe: ((publishableKey: string) => Stripe) | undefined;
}
