export * from "@effect-mail/test-kit/Browser"
