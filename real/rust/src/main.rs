//! Prints who the caller is: caller-identity PROFILE TIMES PAUSE_MS. Without arguments, the version of aws-sdk-sts.

use std::{env, error::Error, process::ExitCode, time::Duration};

use aws_config::BehaviorVersion;
use aws_sdk_sts::{Client, error::DisplayErrorContext, meta::PKG_VERSION};
use aws_smithy_http_client::Builder;

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [profile, times, pause_ms] = &args[..] else {
        println!("{PKG_VERSION}");
        return ExitCode::SUCCESS;
    };
    match run(profile, times, pause_ms).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", DisplayErrorContext(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(profile: &str, times: &str, pause_ms: &str) -> Result<(), Box<dyn Error>> {
    let pause = Duration::from_millis(pause_ms.parse()?);
    // Plain HTTP: the STS is on loopback, and TLS would take minutes to build.
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(Builder::new().build_http());
    if !profile.is_empty() {
        loader = loader.profile_name(profile);
    }
    let client = Client::new(&loader.load().await);
    for call in 0..times.parse()? {
        if call > 0 {
            tokio::time::sleep(pause).await;
        }
        let caller = client.get_caller_identity().send().await?;
        println!("{}", caller.arn().unwrap_or_default());
    }
    Ok(())
}
