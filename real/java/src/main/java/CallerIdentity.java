import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;

/** Prints who the caller is: CallerIdentity PROFILE TIMES PAUSE_MS. Without arguments, the version of the SDK. */
public final class CallerIdentity {
  public static void main(String[] args) throws InterruptedException {
    if (args.length == 0) {
      System.out.println(VersionInfo.SDK_VERSION);
      return;
    }
    try (StsClient client = clientFor(args[0])) {
      for (int call = 0; call < Integer.parseInt(args[1]); call++) {
        if (call > 0) Thread.sleep(Long.parseLong(args[2]));
        System.out.println(client.getCallerIdentity().arn());
      }
    }
  }

  private static StsClient clientFor(String profile) {
    StsClientBuilder builder = StsClient.builder();
    if (profile.isEmpty()) return builder.build();
    return builder
        .credentialsProvider(ProfileCredentialsProvider.create(profile))
        .overrideConfiguration(options -> options.defaultProfileName(profile))
        .build();
  }
}
